/** The public names of the package. */
export { definePipeline, type PipelineDefinition } from './pipeline/definition.ts'
export {
  defineFunction,
  type FunctionArguments,
  type FunctionDefinition,
  type FunctionType,
  type FunctionValue,
} from './sql/user-function/declaration.ts'
