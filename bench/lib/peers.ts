/**
 * Loads a library that is measured beside ours. By a name that the compiler does not follow, since
 * it is there only once the benchmarks have been installed; `T` is the part that is used.
 */
export async function loadPeer<T>(name: string): Promise<T> {
  return (await import(name)) as T
}
