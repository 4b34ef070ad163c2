import { existsSync } from 'node:fs'
import type { Server } from 'millrace'
import { app } from '../../app.ts'
import { modelFiles, modelFolder } from '../../model/model.ts'

export const hasModel: boolean = modelFiles.every((file) => existsSync(new URL(file, modelFolder)))
if (!hasModel) console.warn('What needs the model is not tested: `npm run model` fetches it')

export function serve(): Promise<Server> {
  return app.listen({ port: 0, signals: false, graceMs: 500 })
}
