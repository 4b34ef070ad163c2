export type { TemplateEngine, TemplateFolder, TemplateFolderOptions } from './engine.ts'
export { type EtaOptions, eta } from './eta.ts'
export { type NunjucksOptions, nunjucks } from './nunjucks.ts'
export { type Render, Templates, type TemplatesOptions, templates } from './templates.ts'
