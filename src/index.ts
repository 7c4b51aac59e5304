/** The public names of the package. */
export { definePipeline, type PipelineDefinition } from './pipeline/definition.ts'
