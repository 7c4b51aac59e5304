/**
 * The files of the programs in the folder of `main.cjs`, by the command that each runs; `program` runs all of them. The build defines
 * this.
 */
declare const PROGRAMS: { readonly program: string; readonly query: string; readonly check: string }
