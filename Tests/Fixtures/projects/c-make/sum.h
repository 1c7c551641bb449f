#ifndef SUM_H
#define SUM_H

/* The sum of two numbers, held at the ends of the range where it would leave it. */
int saturating_sum(int a, int b);

#endif
