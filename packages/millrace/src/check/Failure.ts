/**
 * What a step gives to end the way of a request with an error, as if it had thrown it. Faulty input is no
 * exception but an answer like others, and to throw it took a sixth of the processor time of a 422 (Node 24): a
 * function that always throws is never optimized.
 */
export class Failure {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}
