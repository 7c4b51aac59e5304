/** Texts inside of HTML: rows come from anybody who can write a line into a log. */

const HTML: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For an element, or an attribute in quotes. */
export const escapedHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => HTML[character] ?? character)
