/** The file of the program beside `main.cjs`: the build puts it in. */
declare const PROGRAM: string
