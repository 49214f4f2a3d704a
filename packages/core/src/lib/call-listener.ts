/** A listener that throws fails as an unhandled rejection, and not those who are told after it. */
export function callListener<A extends readonly unknown[]>(
  listener: (...args: A) => unknown,
  ...args: A
): void {
  void (async () => listener(...args))()
}
