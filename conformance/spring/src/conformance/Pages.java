package conformance;

import jakarta.servlet.http.HttpServletRequest;

import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.HtmlUtils;

/** The HTML pages: this project's own, with the markers that public clients look for. */
@RestController
public class Pages {

    private static final String HTML = "text/html;charset=UTF-8";

    @GetMapping(path = "/login", produces = HTML)
    public String login(HttpServletRequest request, @RequestParam(name = "login_error", required = false) String error) {
        String failed = error == null ? "" : "<div class=\"error\">Login failed</div>\n";
        return page(request, "Login", failed + """
                <!-- redirect_detection -->
                <form id="loginForm" action="%s/j_spring_security_check" method="POST">
                <input type="text" name="j_username" />
                <input type="password" name="j_password" />
                <input type="hidden" name="_csrf" value="%s" />
                <input type="submit" value="login" />
                </form>
                """.formatted(request.getContextPath(), token(request)));
    }

    @GetMapping(path = "/", produces = HTML)
    public String home(HttpServletRequest request) {
        return page(request, "Home", "<p>You're " + HtmlUtils.htmlEscape(request.getRemoteUser()) + "</p>\n" + logout(request));
    }

    @GetMapping(path = {"/console/scripting", "/console/flexsearch"}, produces = HTML)
    public String console(HttpServletRequest request) {
        return page(request, "Console", "<h2 id=\"console\">Console</h2>\n" + logout(request));
    }

    private static String logout(HttpServletRequest request) {
        return """
                <form id="logout" action="%s/j_spring_security_logout" method="POST">
                <input type="hidden" name="_csrf" value="%s" /><input type="submit" value="logout" />
                </form>
                """.formatted(request.getContextPath(), token(request));
    }

    /** The three metas stand on one line, in this order: a client cuts them out by position. */
    private static String page(HttpServletRequest request, String title, String body) {
        return """
                <!DOCTYPE html>
                <html>
                <head>
                <title>hybris administration console | %s</title>
                <meta name="_csrf_parameter" content="_csrf" /><meta name="_csrf_header" content="X-CSRF-TOKEN" />\
                <meta name="_csrf" content="%s" />
                </head>
                <body>
                %s</body>
                </html>
                """.formatted(title, token(request), body);
    }

    private static String token(HttpServletRequest request) {
        return ((CsrfToken) request.getAttribute("_csrf")).getToken();
    }
}
