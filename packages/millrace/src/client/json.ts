type Primitive = string | number | boolean | null

/** What JSON can hold as it is. */
type JsonValue = Primitive | readonly JsonValue[] | { readonly [name: string]: JsonValue }

// biome-ignore lint/suspicious/noExplicitAny: any function at all
type NoJson = ((...args: any[]) => unknown) | symbol

/**
 * A type after a journey as JSON, written as Millrace writes it: a `Date` has become a string, a `bigint` a
 * string of digits, a `Map` an object, a `Set` or typed array an array; members that are `undefined` are gone.
 */
export type Json<T> = 0 extends 1 & T
  ? T // any stays any
  : T extends JsonValue
    ? T
    : T extends bigint
      ? string
      : T extends undefined | NoJson
        ? null
        : T extends { toJSON(...args: never): infer J }
          ? Json<J>
          : T extends ReadonlyMap<infer K, infer V>
            ? { [Name in K & string]: Json<V> }
            : T extends ReadonlySet<infer V>
              ? Json<V>[]
              : T extends BigInt64Array | BigUint64Array
                ? string[]
                : T extends ArrayBuffer | ArrayBufferView
                  ? number[]
                  : T extends readonly unknown[]
                    ? { -readonly [K in keyof T]: Json<T[K]> }
                    : T extends object
                      ? Whole<JsonMembers<T>>
                      : T

type JsonMembers<T> = {
  -readonly [K in keyof T as K extends symbol
    ? never
    : T[K] extends NoJson
      ? never
      : undefined extends T[K]
        ? never
        : K]: Json<T[K]>
} & {
  -readonly [K in keyof T as K extends symbol ? never : undefined extends T[K] ? K : never]?: Json<
    Exclude<T[K], undefined>
  >
}

/** An intersection as one object, so that editors show it so. */
type Whole<T> = { [K in keyof T]: T[K] }
