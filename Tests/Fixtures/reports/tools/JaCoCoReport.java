import java.io.*;
import java.nio.file.*;
import org.jacoco.core.analysis.*;
import org.jacoco.core.data.*;
import org.jacoco.core.instr.Instrumenter;
import org.jacoco.core.runtime.*;
import org.jacoco.report.*;
import org.jacoco.report.xml.XMLFormatter;
public class JaCoCoReport {
  public static void main(String[] a) throws Exception {
    byte[] original = Files.readAllBytes(Paths.get("classes/com/example/Calc.class"));
    IRuntime runtime = new LoggerRuntime();
    byte[] changed = new Instrumenter(runtime).instrument(original, "com.example.Calc");
    RuntimeData data = new RuntimeData();
    runtime.startup(data);
    Class<?> calc = new ClassLoader() {
      Class<?> define() { return defineClass("com.example.Calc", changed, 0, changed.length); }
    }.define();
    calc.getMethod("sign", int.class).invoke(null, 3);
    ExecutionDataStore executed = new ExecutionDataStore();
    SessionInfoStore sessions = new SessionInfoStore();
    data.collect(executed, sessions, false);
    runtime.shutdown();
    CoverageBuilder builder = new CoverageBuilder();
    new Analyzer(executed, builder).analyzeClass(original, "com.example.Calc");
    IBundleCoverage bundle = builder.getBundle("calc");
    IReportVisitor visitor = new XMLFormatter().createVisitor(new FileOutputStream("jacoco.xml"));
    visitor.visitInfo(sessions.getInfos(), executed.getContents());
    visitor.visitBundle(bundle, new DirectorySourceFileLocator(new File("src"), "utf-8", 4));
    visitor.visitEnd();
    ICounter lines = bundle.getLineCounter(), branches = bundle.getBranchCounter();
    System.out.println(lines.getCoveredCount() + "/" + lines.getTotalCount());
    System.out.println(branches.getCoveredCount() + "/" + branches.getTotalCount());
  }
}
