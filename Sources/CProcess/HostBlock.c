#include "HostBlock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *host_block_field(const char *block, size_t size, const char *name) {
  size_t length = strlen(name);
  for (const char *at = block; at < block + size; at += strlen(at) + 1)
    if (!strncmp(at, name, length) && at[length] == '=') return at + length + 1;
  return NULL;
}

const char *host_block_take(size_t *size) {
  const char *number = getenv(HOST_BLOCK_VARIABLE);
  if (!number) return NULL;
  int descriptor = atoi(number);
  unsetenv(HOST_BLOCK_VARIABLE);
  struct stat facts;
  if (descriptor <= 2 || fstat(descriptor, &facts) || !S_ISREG(facts.st_mode)) return NULL;
  char *block = calloc(1, (size_t)facts.st_size + 1);
  if (!block || pread(descriptor, block, (size_t)facts.st_size, 0) != facts.st_size) return NULL;
  close(descriptor);
  *size = (size_t)facts.st_size;
  return block;
}
