/// The checkpoints for which the writer reads copies that it was lent: whoever made them keeps them alive meanwhile.
struct LentCopies {
  private var lent: [(checkpoint: Int, staged: StagedLeaves)] = []

  mutating func add(_ staged: StagedLeaves, of checkpoint: Int) { lent.append((checkpoint, staged)) }

  /// Those that it has read, once each.
  mutating func takeReturned() -> [Int] {
    var returned: [Int] = []
    lent.removeAll { one in
      let isReleased = one.staged.isReleased
      if isReleased { returned.append(one.checkpoint) }
      return isReleased
    }
    return returned
  }
}
