/** The name of the program's file in the folder of `main.cjs`; the build defines it. */
declare const PROGRAM: string
