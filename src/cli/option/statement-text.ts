/** Tells a statement on the command line from the name of a file. */

/** Whether the text begins like a statement. */
export const looksLikeSql = (text: string): boolean =>
  /^\s*(--|\/\*|\(|(select|with|values|describe|desc|create)\b)/i.test(text)
