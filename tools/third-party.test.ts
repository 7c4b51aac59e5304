/** What the package says of other people's work: each package that is built in, by name and version, and nothing that is not there. */
import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { packagesIn } from './third-party.ts'

/** The packages that the sources import, found anew: their names are not taken from what the build wrote. */
async function importedPackages(): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: ['src/built/program.ts', 'src/index.ts', 'src/sink/sqlite/thread.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    outdir: 'nowhere',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['@node-rs/crc32', 'cassandra-driver', 'nodemailer'],
    logLevel: 'silent',
  })
  return packagesIn(Object.keys(metafile.inputs))
}

const manifest = (folder: string) => {
  const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Record<string, string>
  return `${name}@${version}`
}

test('the licences and the bill of materials name each package that is built in', async () => {
  const names = (await importedPackages()).map(manifest)
  expect(names.length).toBeGreaterThan(40)
  const licenses = readFileSync('dist/third-party-licenses.txt', 'utf8')
  const bom = JSON.parse(readFileSync('dist/sbom.cdx.json', 'utf8')) as {
    readonly components: readonly { readonly 'bom-ref': string }[]
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
  }
  const components = bom.components.map((one) => one['bom-ref'])
  expect(names.filter((name) => !components.includes(name))).toEqual([])
  expect(names.filter((name) => !licenses.includes(`${name.replace(/(?<=.)@/, ' ')}\n\n`))).toEqual([])
  // What an installation brings besides is named, too, and no tool of ours is.
  expect(components).toEqual(expect.arrayContaining([expect.stringMatching(/^cassandra-driver@/)]))
  expect(components.filter((name) => /^(typescript|vitest|esbuild|@biomejs)\b/.test(name))).toEqual([])
  expect(new Set(components).size).toBe(components.length)
  const refs = bom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn])
  expect(refs.filter((ref) => !components.includes(ref) && !ref.startsWith('tailrace@'))).toEqual([])
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'tailrace' } } })
})

test('a package inside of another is one of its own', () => {
  expect(
    packagesIn(['src/a.ts', 'node_modules/a/x.js', 'node_modules/a/lib/y.js', 'node_modules/a/node_modules/@b/c/z.js']),
  ).toEqual(['node_modules/a', 'node_modules/a/node_modules/@b/c'])
})
