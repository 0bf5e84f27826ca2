#ifndef FLORPY_TERMINAL_H
#define FLORPY_TERMINAL_H

#include <stdbool.h>

#pragma clang assume_nonnull begin

/// A pseudo-terminal that passes bytes through unchanged, with the window size of the terminal `model`. Both ends are closed on
/// exec; neither becomes a controlling terminal. `ends`: where the bytes come out, where they are written. 0 or -1.
int terminal_open_like(int model, int ends[_Nonnull 2]);
/// Copies the window size.
void terminal_copy_size(int from, int to);

#pragma clang assume_nonnull end
#endif
