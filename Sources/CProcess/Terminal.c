#define _GNU_SOURCE
#include "Terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

void terminal_copy_size(int from, int to) {
  struct winsize size;
  if (!ioctl(from, TIOCGWINSZ, &size)) ioctl(to, TIOCSWINSZ, &size);
}

// The real terminal does the output processing; doing it here as well would turn \n into \r\r\n.
static int pass_bytes_through(int model, int slave) {
  struct termios modes;
  if (tcgetattr(model, &modes)) return -1;
  modes.c_oflag &= ~(tcflag_t)OPOST;
  modes.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
  return tcsetattr(slave, TCSANOW, &modes);
}

int terminal_open_like(int model, int ends[2]) {
  char name[64];
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave = -1;
  if (master >= 0 && !grantpt(master) && !unlockpt(master) && !ptsname_r(master, name, sizeof name))
    slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave >= 0 && !pass_bytes_through(model, slave)) {
    terminal_copy_size(model, slave);
    ends[0] = master;
    ends[1] = slave;
    return 0;
  }
  if (slave >= 0) close(slave);
  if (master >= 0) close(master);
  return -1;
}
