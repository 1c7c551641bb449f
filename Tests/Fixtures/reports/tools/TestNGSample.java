import org.testng.annotations.*; import static org.testng.Assert.*;
public class TestNGSample {
  @BeforeMethod public void setUp() {}
  @Test public void passes() {}
  @Test public void fails() { assertEquals(1, 2); }
  @Test(dependsOnMethods="fails") public void skips() {}
}
