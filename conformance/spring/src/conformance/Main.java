package conformance;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.springframework.security.core.SpringSecurityCoreVersion;
import org.springframework.security.web.context.AbstractSecurityWebApplicationInitializer;
import org.springframework.web.servlet.support.AbstractAnnotationConfigDispatcherServletInitializer;

/** Tomcat with the application in it. Says where it is in one line of JSON, and ends when its standard input does. */
public final class Main {

    private Main() {
    }

    public static void main(String[] arguments) throws Exception {
        Options options = Options.parse(arguments);
        Path home = Files.createTempDirectory("conformance");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(home.toFile())));

        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(home.toString());
        tomcat.setSilent(true);
        Connector connector = new Connector();
        connector.setPort(options.port());
        connector.setProperty("address", "127.0.0.1");
        connector.setMaxPostSize(options.maxPostSize());
        Map<String, Object> facts = new LinkedHashMap<>();
        if (options.https()) {
            facts.put("certificateSha256", Certificate.install(connector, home));
        }
        tomcat.setConnector(connector);

        Context context = tomcat.addContext(options.contextPath(), home.toString());
        context.setRequestCharacterEncoding("UTF-8");
        context.addServletContainerInitializer((classes, servletContext) -> {
            servletContext.addListener(new IdleLimit(options.sessionTimeout()));
            new Dispatcher().onStartup(servletContext);
            new SecurityFilters().onStartup(servletContext);
        }, Set.of());
        Ledger ledger = Ledger.INSTANCE;
        context.getPipeline().addValve(ledger.valve());
        tomcat.start();
        if (!context.getState().isAvailable()) {
            throw new IllegalStateException("the application did not start; see above");
        }

        facts.put("port", connector.getLocalPort());
        facts.put("ledgerPort", ledger.open(context.getManager()));
        facts.put("contextPath", options.contextPath());
        facts.put("https", options.https());
        facts.put("springSecurity", SpringSecurityCoreVersion.getVersion());
        facts.put("server", org.apache.catalina.util.ServerInfo.getServerInfo());
        facts.put("groovy", groovy.lang.GroovySystem.getVersion());
        System.out.println(new ObjectMapper().writeValueAsString(facts));

        while (System.in.read() >= 0) {
            continue;
        }
        System.exit(0);
    }

    private static void delete(File file) {
        File[] inside = file.listFiles();
        if (inside != null) {
            for (File one : inside) {
                delete(one);
            }
        }
        file.delete();
    }

    /** Spring's own way to register springSecurityFilterChain, with the dispatcher types of its version. */
    private static final class SecurityFilters extends AbstractSecurityWebApplicationInitializer {
    }

    private static final class Dispatcher extends AbstractAnnotationConfigDispatcherServletInitializer {
        @Override
        protected Class<?>[] getRootConfigClasses() {
            return new Class<?>[] {Application.class, Security.class};
        }

        @Override
        protected Class<?>[] getServletConfigClasses() {
            return null;
        }

        @Override
        protected String[] getServletMappings() {
            return new String[] {"/"};
        }
    }

    /** web.xml counts minutes; tests count seconds. */
    private record IdleLimit(int seconds) implements HttpSessionListener {
        @Override
        public void sessionCreated(HttpSessionEvent event) {
            event.getSession().setMaxInactiveInterval(seconds);
        }
    }
}
