/**
 * What the published package has from others: `third-party-licenses.txt`, the licences of all packages that are built into the
 * scripts, which require it; and `sbom.cdx.json`, a bill of materials in CycloneDX' form, as npm makes it, of what is built in and
 * of what an installation brings.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'

type Manifest = {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly author?: string | { readonly name: string }
  readonly homepage?: string
  readonly dependencies?: { readonly [name: string]: string }
  readonly optionalDependencies?: { readonly [name: string]: string }
}
type Component = { readonly 'bom-ref': string; readonly name: string; readonly version: string }
type Bom = {
  readonly metadata: { readonly component: object }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

/** npm's licence field is all that some packages have. */
const SPELLED: { readonly [license: string]: string } = {
  MIT: 'https://opensource.org/license/mit: Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.',
}

/** The folders of the packages that files of a build come from, by the files' paths; a package inside another has its own. */
export function packagesIn(inputs: readonly string[]): readonly string[] {
  const folders = inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? [])
  return [...new Set(folders)].sort()
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))

/** Writes the licences of the packages in these folders. Throws where one has none that is known. */
export function writeLicenses(folders: readonly string[]): void {
  const texts = folders.map((folder) => {
    const { name, version } = manifestOf(folder)
    return `${name} ${version}\n\n${licenseOf(folder)}\n`
  })
  writeFileSync('dist/third-party-licenses.txt', texts.join(`\n${'-'.repeat(80)}\n\n`))
}

function licenseOf(folder: string): string {
  const files = readdirSync(folder).filter((one) => /^(licen[cs]e|notice)(-\w+)?(\.\w+)?$/i.test(one))
  if (files.some((one) => /^licen/i.test(one))) {
    return files.map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim()).join('\n\n')
  }
  const { license = '', author, homepage = '' } = manifestOf(folder)
  const text = SPELLED[license]
  if (text === undefined) throw new Error(`${folder} has no licence file, and "${license}" is not spelled out here`)
  const who = typeof author === 'string' ? author : (author?.name ?? 'its authors')
  return `The package has no file of its licence, which is ${license}. Copyright ${who}, ${homepage}\n\n${text}`
}

/** Writes the bill of materials: the packages in these folders, and what the package's own dependencies bring. */
export async function writeBom(folders: readonly string[]): Promise<void> {
  const { stdout } = await promisify(execFile)('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    maxBuffer: 64 << 20,
  })
  const bom = JSON.parse(stdout) as Bom
  const own = manifestOf('.')
  const refs = new Set(folders.map((folder) => refOf(manifestOf(folder))))
  const graph = new Map(bom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]))
  const self = refOf(own)
  const installed = Object.keys({ ...own.dependencies, ...own.optionalDependencies })
  const walked = new Set<string>()
  const walk = (ref: string): void => {
    if (walked.has(ref)) return
    walked.add(ref)
    refs.add(ref)
    for (const next of graph.get(ref) ?? []) walk(next)
  }
  for (const ref of graph.get(self) ?? []) if (installed.some((name) => ref.startsWith(`${name}@`))) walk(ref)
  const known = (ref: string) => ref === self || refs.has(ref)
  const component = { ...bom.metadata.component, name: own.name }
  const shown = {
    ...bom,
    metadata: { ...bom.metadata, component },
    components: bom.components.filter((one) => refs.has(one['bom-ref'])),
    dependencies: bom.dependencies
      .filter(({ ref }) => known(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(known) })),
  }
  const missing = [...refs].filter((ref) => !shown.components.some((one) => one['bom-ref'] === ref))
  if (missing.length > 0) throw new Error(`npm sbom does not name ${missing.join(', ')}`)
  writeFileSync('dist/sbom.cdx.json', `${JSON.stringify(shown, null, 1)}\n`)
}

const refOf = ({ name, version }: Manifest): string => `${name}@${version}`
