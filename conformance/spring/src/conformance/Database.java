package conformance;

import java.util.Map;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.h2.tools.Server;

/** The database of several nodes. Says its port in one line of JSON, and ends when its standard input does. */
public final class Database {

    /** What {@link Application} connects to; each node has its own where this property is not set. */
    static final String PROPERTY = "conformance.database";

    private Database() {
    }

    static String url() {
        return System.getProperty(PROPERTY, "jdbc:h2:mem:hac") + ";DB_CLOSE_DELAY=-1";
    }

    public static void main(String[] arguments) throws Exception {
        Server server = Server.createTcpServer("-tcpPort", "0", "-ifNotExists", "-tcpDaemon").start();
        System.out.println(new ObjectMapper().writeValueAsString(Map.of("port", server.getPort())));
        while (System.in.read() >= 0) {
            continue;
        }
        System.exit(0);
    }
}
