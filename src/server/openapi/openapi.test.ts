import { expect, test } from 'vitest'
import { routes } from '../routes/all.ts'
import { openApi } from './openapi.ts'

type Operation = {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[]
  readonly responses: { readonly [status: string]: object }
}

const document = openApi(routes, { version: '1.2.3', needsToken: true })
const paths = document.paths as { readonly [path: string]: { readonly [method: string]: Operation } }
const operations = Object.values(paths).flatMap((methods) => Object.values(methods))

test('every route is in the document, once', () => {
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const served = routes.map(({ method, path }) => `${method} ${path}`)
  expect(described.sort()).toEqual([...new Set(served)].sort())
  expect(served).toHaveLength(described.length)
  const ids = operations.map(({ operationId }) => operationId)
  expect(new Set(ids).size).toBe(ids.length)
})

test('every name in a path is a parameter, and no other', () => {
  for (const [path, methods] of Object.entries(paths)) {
    for (const { operationId, parameters = [] } of Object.values(methods)) {
      const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => name)
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect({ operationId, names: inPath.sort() }).toEqual({ operationId, names: named.sort() })
    }
  }
})

test('every reference leads to something', () => {
  const text = JSON.stringify(document)
  const references = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, to]) => to ?? '')
  expect(references.length).toBeGreaterThan(20)
  const at = (to: string) =>
    to
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((value, key) => (value as { readonly [key: string]: unknown } | undefined)?.[key], document)
  expect([...new Set(references)].filter((to) => !to.startsWith('#/') || at(to) === undefined)).toEqual([])
})

test('each event of a stream is described once', () => {
  const forms = [...JSON.stringify(document).matchAll(/"oneOf":(\[\{"type":"object","required":\["event".*?\])\}\}/g)]
  expect(forms.length).toBeGreaterThan(5)
  for (const [text = ''] of forms) {
    const events = [...text.matchAll(/"event":\{"const":"(\w+)"\}/g)].map(([, event]) => event)
    expect(events).toEqual([...new Set(events)])
    expect(events).toContain('failure')
  }
})

test('what needs the token says so, and what anybody may ask does not', () => {
  const asked = (one: object) => (one as { readonly security: readonly unknown[] }).security.length
  expect(asked(paths['/healthz']?.get ?? {})).toBe(0)
  expect(asked(paths['/api/v1/status']?.get ?? {})).toBe(2)
  const without = openApi(routes, { version: '1', needsToken: false }).paths as typeof paths
  expect(asked(without['/api/v1/status']?.get ?? {})).toBe(0)
})
