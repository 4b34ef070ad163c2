export { ContextError } from './ContextError.ts'
export { type ContextValue, contextValue } from './contextValue.ts'
export { currentContext, findContext } from './currentContext.ts'
