/** Templates of a folder, as an engine has them. */
export interface TemplateFolder {
  render(name: string, values: Readonly<Record<string, unknown>>): string | Promise<string>
}

/** How an engine is set up for a folder. */
export interface TemplateFolderOptions {
  readonly directory: string
  /** Whether templates stay as they were when they were first read. */
  readonly cache: boolean
}

/** What renders templates: `eta()`, `nunjucks()`, or an adapter for another package, which is such a function. */
export type TemplateEngine = (options: TemplateFolderOptions) => TemplateFolder | Promise<TemplateFolder>
