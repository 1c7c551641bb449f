#include <stdio.h>
#include <string.h>
int main(int c, char **v) {
  char b[4];
  strcpy(b, v[1]);
  gets(b);
  return 0;
}
