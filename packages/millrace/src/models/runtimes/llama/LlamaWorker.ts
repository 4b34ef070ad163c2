import { ThreadWorker } from '../threadWorker.ts'

/** A worker thread that computes in native code: terminated in the middle of it, the whole process would abort. */
export class LlamaWorker extends ThreadWorker {
  override terminate(): void {
    this.abandon()
  }
}
