package conformance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.servlet.ServletException;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.apache.catalina.Manager;
import org.apache.catalina.Session;
import org.apache.catalina.Valve;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * What arrived and what really ran, on a port of its own: GET / is the ledger, POST /expire ends all sessions as their idle limit
 * would, POST /rotate takes the CSRF tokens out of them, so that Spring makes new ones.
 */
final class Ledger {

    static final Ledger INSTANCE = new Ledger();

    private final AtomicInteger executed = new AtomicInteger();
    private final AtomicInteger logins = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();

    private Ledger() {
    }

    void execution() {
        executed.incrementAndGet();
    }

    void login() {
        logins.incrementAndGet();
    }

    void refusal() {
        refusals.incrementAndGet();
    }

    /** Notes each request as it arrives, in front of all filters. */
    Valve valve() {
        return new ValveBase(true) {
            @Override
            public void invoke(Request request, Response response) throws IOException, ServletException {
                requests.add(request.getMethod() + " " + request.getRequestURI());
                getNext().invoke(request, response);
            }
        };
    }

    /** Returns the port. */
    int open(Manager manager) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            switch (exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath()) {
                case "GET /" -> answer(exchange, 200);
                case "POST /expire" -> {
                    for (Session session : manager.findSessions()) {
                        session.expire();
                    }
                    answer(exchange, 200);
                }
                case "POST /rotate" -> {
                    for (Session session : manager.findSessions()) {
                        session.getSession().removeAttribute(Security.TOKEN);
                    }
                    answer(exchange, 200);
                }
                default -> answer(exchange, 404);
            }
        });
        server.start();
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange, int status) throws IOException {
        Map<String, Object> book = new LinkedHashMap<>();
        book.put("executed", executed.get());
        book.put("logins", logins.get());
        book.put("refusedLogins", refusals.get());
        book.put("requests", requests);
        byte[] body = new ObjectMapper().writeValueAsBytes(book);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
