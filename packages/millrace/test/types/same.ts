type Exactly<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? unknown : never

/**
 * Holds the type of a value to be exactly another; neither wider nor narrower.
 *
 * @example
 * same<string>()(params.id)
 */
export function same<Expected>(): <Actual>(value: Actual & Exactly<Actual, Expected>) => void {
  return () => undefined
}
