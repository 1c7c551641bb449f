import java.io.*;
import java.lang.reflect.*;
import java.util.*;

/** The peer of JavaPeerTests: "write FILE" makes a stream of every kind of content, "read FILE" prints one. */
public class Streams {
  enum Colour { RED, GREEN }
  record Point(int x, String label) implements Serializable {}
  static class Base implements Serializable {
    private static final long serialVersionUID = 7;
    String shared = "base";
    long number = -5_000_000_000L;
  }
  static class Node extends Base {
    private static final long serialVersionUID = 8;
    boolean flag = true; byte small = -3; char letter = 'é'; short half = -300; int whole = 70000;
    float single = 1.5f; double twice = -2.25; String shared = "derived"; Node self; int[] numbers = {1, -2, 3};
    private void writeObject(ObjectOutputStream out) throws IOException {
      self = this; out.defaultWriteObject(); out.writeInt(42); out.writeObject("after"); out.write(new byte[300]);
    }
  }
  public static class Outside implements Externalizable {
    public Outside() {}
    public void writeExternal(ObjectOutput out) throws IOException { out.writeUTF("outside"); out.writeObject(null); }
    public void readExternal(ObjectInput in) {}
  }
  static class Broken implements Serializable {
    private static final long serialVersionUID = 9;
    private void writeObject(ObjectOutputStream out) throws IOException { throw new IOException("midway"); }
  }
  interface Greeter { String greet(); }
  static class Handler implements InvocationHandler, Serializable {
    private static final long serialVersionUID = 10;
    String name = "handler";
    public Object invoke(Object proxy, Method method, Object[] arguments) { return null; }
  }
  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("write")) write(arguments[1]); else read(arguments[1]);
  }
  static void write(String file) throws Exception {
    try (ObjectOutputStream out = new ObjectOutputStream(new FileOutputStream(file))) {
      out.writeInt(7);
      out.writeObject(new Node());
      out.writeObject(Colour.GREEN);
      out.writeObject(new Point(3, "p"));
      out.writeObject(new Outside());
      out.writeObject(Node.class);
      out.writeObject(ObjectStreamClass.lookup(Base.class));
      out.writeObject(Proxy.newProxyInstance(Streams.class.getClassLoader(), new Class<?>[] {Greeter.class}, new Handler()));
      out.writeObject("nul \0 grin \uD83D\uDE00 é");
      out.writeObject("x".repeat(70000));
      out.reset();
      out.writeObject(new byte[] {1, -1});
      out.writeObject(new String[][] {{"a", null}, {}});
      out.writeObject(new ArrayList<>(List.of(1, 2L)));
      out.writeObject(new TreeMap<>(Map.of("k", "v")));
      out.writeObject(List.of("a", "b", "c"));
      out.writeObject(Map.of("one", "1"));
      out.writeObject(Collections.unmodifiableMap(new LinkedHashMap<>(Map.of("u", "w"))));
      out.writeObject(new java.util.concurrent.ConcurrentHashMap<>(Map.of("c", "d")));
      out.writeObject(new TreeSet<>(Set.of("t")));
      try { out.writeObject(new Broken()); } catch (IOException expected) { }
      out.writeObject("end");
    }
  }
  static void read(String file) throws Exception {
    try (ObjectInputStream in = new ObjectInputStream(new FileInputStream(file))) { System.out.print(show(in.readObject())); }
  }
  static String show(Object value) {
    if (value instanceof byte[] bytes) return "byte" + Arrays.toString(bytes);
    if (value instanceof int[] numbers) return "int" + Arrays.toString(numbers);
    if (value instanceof Throwable error) return error.getClass().getName() + ":" + error.getMessage();
    if (value instanceof List<?> list) {
      StringBuilder text = new StringBuilder("[");
      for (Object element : list) text.append(show(element)).append(';');
      return text.append(']').toString();
    }
    return value + (value == null ? "" : " " + value.getClass().getSimpleName());
  }
}
