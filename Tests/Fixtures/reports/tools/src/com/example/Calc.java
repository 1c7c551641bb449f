package com.example;
public class Calc {
  public static int sign(int n) {
    if (n < 0) return -1;
    return n > 0 ? 1 : 0;
  }
  public static int unused() {
    return 7;
  }
  public static void main(String[] a) { System.out.println(sign(3)); }
}
