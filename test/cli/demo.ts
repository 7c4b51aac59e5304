/** A pipeline that counts the requests of each minute by path. */

/** Its text; `more` are further sinks and other keys. */
export const demo = (source: string, more = ''): string => `version: 1
name: demo
sources:
  log: { ${source}, to: access }
topics:
  access: { partitions: 2, format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  paths: { count: { by: path, every: 60s, from: access } }
sinks:
  paths: { from: paths, ndjson: out/paths.ndjson }
${more}`

export const DEMO: string = demo('file: access.log')
