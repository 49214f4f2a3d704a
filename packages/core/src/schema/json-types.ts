type Scalar = string | number | boolean | null
type IsAny<T> = 0 extends 1 & T ? true : false

/**
 * Why a Standard Schema of this input and output cannot describe a JSON field: a readable text, or
 * never. Output must fit input, because what was read is written back: a transform that changes
 * the type could be applied only once.
 */
export type JsonFault<I, O> = true extends IsAny<I> | IsAny<O>
  ? 't.json() takes no schema of type any: leave the schema out to store any JSON'
  : null extends O
    ? 't.json() takes no schema that accepts null: put .nullable() on the field instead'
    : [I, O] extends [JsonShape<I>, JsonShape<O>]
      ? [O] extends [I]
        ? never
        : 't.json() takes no schema that transforms: what it gives out must be valid input again'
      : `t.json() takes only JSON: ${NotJson<I> | NotJson<O>}`

/**
 * `T` with never in place of what JSON cannot hold, so that `T` fits it only if all of it is JSON.
 * A mapped type is compared as deep as needed and no deeper, so recursive types are fine. An
 * undefined property is an absent key.
 */
type JsonShape<T> = T extends Scalar
  ? T
  : T extends bigint | symbol | undefined | ((...args: never[]) => unknown)
    ? never
    : T extends readonly (infer E)[]
      ? readonly JsonShape<E>[]
      : { readonly [N in keyof T]: JsonShape<Exclude<T[N], undefined>> | undefined }

/** Names the first places that are not JSON; only worked out when there are some. */
type NotJson<T, Path extends string = 'the value', Depth extends readonly 0[] = []> = [T] extends [
  JsonShape<T>,
]
  ? never
  : T extends readonly (infer E)[]
    ? NotJson<E, `${Path}[]`, [...Depth, 0]>
    : T extends bigint | symbol | undefined | ((...args: never[]) => unknown) | Date | Uint8Array
      ? `${Path} is ${NameOf<T>}`
      : Depth['length'] extends 4
        ? `${Path} is not JSON`
        : keyof T extends never
          ? `${Path} is of unknown type`
          : {
              [N in keyof T & string]-?: NotJson<
                Exclude<T[N], undefined>,
                `${Path}.${N}`,
                [...Depth, 0]
              >
            }[keyof T & string]

type NameOf<T> = T extends bigint
  ? 'a bigint'
  : T extends symbol
    ? 'a symbol'
    : T extends undefined
      ? 'undefined'
      : T extends Date
        ? 'a Date'
        : T extends Uint8Array
          ? 'a Uint8Array'
          : 'a function'
