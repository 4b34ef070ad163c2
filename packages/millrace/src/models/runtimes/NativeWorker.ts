import { ThreadWorker } from './threadWorker.ts'

/**
 * A worker thread that computes in native code, such as ONNX Runtime or llama.cpp: terminated in the middle of
 * it, the whole process would abort. It is given up, and ends itself once it is no longer busy.
 */
export class NativeWorker extends ThreadWorker {
  protected override get canEndLoad(): boolean {
    return false
  }

  override terminate(why?: Error): void {
    this.abandon(why)
  }
}
