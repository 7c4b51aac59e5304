import { expect, test } from 'vitest'
import { codeOf, commentsOf, functionsOf, importsOf } from './source-scan.ts'

test('comments, strings, templates and regular expressions are not code', () => {
  const kept = (source: string) => codeOf(source).replaceAll(/\s+/g, ' ').trim()
  expect(kept("a('x') // b\n/* c */ d")).toBe('a( ) d')
  expect(kept('a(`x ${b({ c: `y ${d}` })} z`, e)')).toBe('a( b({ c: d }) , e)')
  expect(kept("x = /'[/'] {/.test(y) / 2 / z")).toBe('x = .test(y) / 2 / z')
  expect(kept('return /{/')).toBe('return')
})

test('comments are running text with the line where they begin', () => {
  expect(commentsOf("/**\n * One\n * two.\n */\nf('// no') // three\n")).toEqual([
    { line: 1, text: 'One two.' },
    { line: 5, text: 'three' },
  ])
})

test('imports are found, lazy and typed ones too, but not those of packages', () => {
  const source =
    "import {\n  a,\n} from './a.ts'\nimport 'zod'\nexport type { B } from '../b.ts'\nawait import('./c.ts')\n"
  expect(importsOf(source)).toEqual(['./a.ts', '../b.ts', './c.ts'])
})

test('functions, methods and arrows are measured; blocks and objects are not', () => {
  const source = [
    'export function a(b: { c: number }): Promise<void> {',
    '  if (b) {',
    '    while (true) {}',
    '  }',
    '  const d = (e: number) => {',
    '    return { e }',
    '  }',
    '}',
    'const o = {',
    '  method(x) {',
    '    return x',
    '  },',
    '}',
  ].join('\n')
  expect(functionsOf(source).map(({ line, lines }) => [line, lines])).toEqual([
    [5, 3],
    [1, 8],
    [10, 3],
  ])
})
