/**
 * What takes changes back: while a transaction is open, every table and number set leaves here how
 * the changed place was before. Decisions work on the one state itself, so that reading it costs
 * one look-up, and a refusal, a plan or a bug in a rule leaves it as it found it.
 */
export class UndoLog {
  readonly #steps: (() => void)[] = []
  #open = 0

  /** Nothing is noted outside of a transaction: the fold of a log is never taken back. */
  get isOpen(): boolean {
    return this.#open > 0
  }

  note(step: () => void): void {
    this.#steps.push(step)
  }

  /** Begins a transaction, also within another; returns its mark for `end`. */
  begin(): number {
    this.#open += 1
    return this.#steps.length
  }

  /** Ends the transaction that was begun last. What is kept, an outer one can still take back. */
  end(mark: number, isKept: boolean): void {
    this.#open -= 1
    if (!isKept) {
      while (this.#steps.length > mark) this.#steps.pop()?.()
    } else if (this.#open === 0) this.#steps.length = 0
  }
}
