/**
 * A page of results as one file. It asks nothing of any server: its Content-Security-Policy allows its own script and its own style
 * sheet, by their hashes, and nothing else. What it shows is in it as JSON.
 *
 *     <head> policy, title, style  <body> what is shown without a script, JSON, script
 */
import { createHash } from 'node:crypto'
import { htmlText, scriptJson } from './escape.ts'
import { fallbackHtml } from './fallback.ts'
import type { PageAssets } from './page-assets.ts'
import type { PageData } from './page-data.ts'

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The whole file. */
export function pageDocument(data: PageData, { script, style }: PageAssets): string {
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="tailrace ${htmlText(data.version)}">
<meta name="referrer" content="no-referrer">
<title>${htmlText(data.title)}</title>
<style>${style}</style>
</head>
<body>
<div id="app">
${fallbackHtml(data)}
</div>
<script type="application/json" id="data">${scriptJson(data)}</script>
<script>${script}</script>
</body>
</html>
`
}
