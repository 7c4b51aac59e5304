/** The public names. */
export { definePipeline, type PipelineDefinition } from './pipeline/definition.ts'
