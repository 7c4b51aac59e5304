/** Characters that the kernels look for, as bytes. AssemblyScript. */

export const NUL: u8 = 0
export const LF: u8 = 10
export const CR: u8 = 13
export const SPACE: u8 = 32
export const QUOTE: u8 = 34
export const PLUS: u8 = 43
export const COMMA: u8 = 44
export const DASH: u8 = 45
export const MINUS: u8 = 45
export const DOT: u8 = 46
export const SLASH: u8 = 47
export const ZERO: u8 = 48
export const COLON: u8 = 58
export const QUESTION: u8 = 63
export const LETTER_A: u8 = 65
export const LETTER_T: u8 = 84
export const LETTER_Z: u8 = 90
export const OPEN_BRACKET: u8 = 91
export const BACKSLASH: u8 = 92
export const CLOSE_BRACKET: u8 = 93
export const LOWER_E: u8 = 101
export const LOWER_U: u8 = 117
export const OPEN_BRACE: u8 = 123
export const CLOSE_BRACE: u8 = 125
