/** An interval that includes its ends; undefined is no end at all. */
interface Node<V, T> {
  readonly low: V | undefined
  readonly high: V | undefined
  readonly item: T
  readonly id: number
  /** Decides the shape, so that it is balanced whatever comes in which order. */
  readonly priority: number
  left: Node<V, T> | undefined
  right: Node<V, T> | undefined
  /** The highest end of this node and those below it. */
  highest: V | undefined
}

/**
 * Finds the intervals that a value lies in, in time that follows their number and the logarithm of
 * all. A treap (Seidel and Aragon, "Randomized Search Trees", 1996) in the order of the lower ends,
 * each node augmented by the highest upper end below it. Priorities are a hash of a counter.
 */
export class IntervalTree<V, T> {
  readonly #compare: (a: V, b: V) => number
  #root: Node<V, T> | undefined
  #count = 0

  constructor(compare: (a: V, b: V) => number) {
    this.#compare = compare
  }

  /** Adds an interval; returns what removes it. */
  add(low: V | undefined, high: V | undefined, item: T): () => void {
    const id = this.#count++
    // Multiplicative hashing by 2^32 divided by the golden ratio (Knuth, TAOCP 3, 6.4).
    const priority = Math.imul(id + 1, 0x9e3779b1) >>> 0
    const none = { left: undefined, right: undefined }
    const node: Node<V, T> = { low, high, item, id, priority, ...none, highest: high }
    this.#root = this.#insert(this.#root, node)
    return () => {
      this.#root = this.#remove(this.#root, node)
    }
  }

  /** Calls back with every interval that the value lies in. */
  forEachAt(value: V, visit: (item: T) => void): void {
    this.#visit(this.#root, value, visit)
  }

  #visit(node: Node<V, T> | undefined, value: V, visit: (item: T) => void): void {
    if (node === undefined || this.#endsBefore(node.highest, value)) return
    this.#visit(node.left, value, visit)
    if (node.low !== undefined && this.#compare(node.low, value) > 0) return
    if (!this.#endsBefore(node.high, value)) visit(node.item)
    this.#visit(node.right, value, visit)
  }

  #endsBefore(high: V | undefined, value: V): boolean {
    return high !== undefined && this.#compare(high, value) < 0
  }

  #insert(root: Node<V, T> | undefined, node: Node<V, T>): Node<V, T> {
    if (root === undefined) return node
    if (node.priority > root.priority) {
      ;[node.left, node.right] = this.#split(root, node)
      return this.#updated(node)
    }
    if (this.#isBefore(node, root)) root.left = this.#insert(root.left, node)
    else root.right = this.#insert(root.right, node)
    return this.#updated(root)
  }

  #remove(root: Node<V, T> | undefined, node: Node<V, T>): Node<V, T> | undefined {
    if (root === undefined) return undefined
    if (root === node) return this.#merge(node.left, node.right)
    if (this.#isBefore(node, root)) root.left = this.#remove(root.left, node)
    else root.right = this.#remove(root.right, node)
    return this.#updated(root)
  }

  /** What comes before the node, and what after it. */
  #split(
    root: Node<V, T> | undefined,
    node: Node<V, T>,
  ): [Node<V, T> | undefined, Node<V, T> | undefined] {
    if (root === undefined) return [undefined, undefined]
    if (this.#isBefore(root, node)) {
      const [before, after] = this.#split(root.right, node)
      root.right = before
      return [this.#updated(root), after]
    }
    const [before, after] = this.#split(root.left, node)
    root.left = after
    return [before, this.#updated(root)]
  }

  #merge(left: Node<V, T> | undefined, right: Node<V, T> | undefined): Node<V, T> | undefined {
    if (left === undefined || right === undefined) return left ?? right
    if (left.priority > right.priority) {
      left.right = this.#merge(left.right, right)
      return this.#updated(left)
    }
    right.left = this.#merge(left, right.left)
    return this.#updated(right)
  }

  #isBefore(a: Node<V, T>, b: Node<V, T>): boolean {
    if (a.low === undefined || b.low === undefined) {
      if (a.low !== b.low) return a.low === undefined
      return a.id < b.id
    }
    return (this.#compare(a.low, b.low) || a.id - b.id) < 0
  }

  #updated(node: Node<V, T>): Node<V, T> {
    node.highest = node.high
    for (const child of [node.left, node.right]) {
      if (child === undefined || node.highest === undefined) continue
      const { highest } = child
      if (highest === undefined || this.#compare(highest, node.highest) > 0) node.highest = highest
    }
    return node
  }
}
