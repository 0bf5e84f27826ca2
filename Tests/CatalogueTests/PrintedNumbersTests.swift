import Testing

@testable import Catalogue

@Suite struct PrintedNumbersTests {
  @Test(arguments: [
    ("loss: 0.5", "loss=0.5"),
    ("epoch 3 step  20 loss 1.5e-3", "epoch=3 step=20 loss=0.0015"),
    ("lr=1e-4, wd = .5, momentum=-0.9", "lr=0.0001 wd=0.5 momentum=-0.9"),
    ("Test set: Average loss: 0.0287, Accuracy: 9905/10000 (99%)", "Average_loss=0.0287 Accuracy=9905"),
    ("train/loss=nan val-acc=inf", "train/loss=nan val-acc=inf"),
    ("Epoch 3:  45%|####5     | 45/100 [00:12<00:15,  3.60it/s, loss=0.123, acc=91.2]", "Epoch=3 loss=0.123 acc=91.2"),
    ("2026-01-02 12:30:45,123 INFO trainer: grad_norm=3", "grad_norm=3"),
    ("loss: tensor(0.5)", ""),
    ("version 1.2.3 at 10:20", ""),
    ("nothing here", ""),
    ("", ""),
    ("took: 7s", "took=7"),
    ("accuracy 40%", "accuracy=40"),
    ("info: none", ""),
  ])
  func namedNumbersAreFound(line: String, expected: String) {
    #expect(PrintedNumbers.find(in: line).map { "\($0.name)=\($0.value.text)" }.joined(separator: " ") == expected)
  }
}
