package conformance;

/** What the server was started with. */
record Options(int port, String contextPath, boolean https, int sessionTimeout, int maxPostSize) {

    static Options parse(String[] arguments) {
        int port = 0;
        String contextPath = "/hac";
        boolean https = false;
        int sessionTimeout = 1800;
        int maxPostSize = 2 * 1024 * 1024;
        for (int at = 0; at < arguments.length; at++) {
            switch (arguments[at]) {
                case "--port" -> port = Integer.parseInt(arguments[++at]);
                case "--context-path" -> contextPath = arguments[++at].equals("/") ? "" : arguments[at];
                case "--https" -> https = true;
                case "--session-timeout" -> sessionTimeout = Integer.parseInt(arguments[++at]);
                case "--max-post-size" -> maxPostSize = Integer.parseInt(arguments[++at]);
                default -> throw new IllegalArgumentException("unknown argument " + arguments[at]
                        + "; known: --port N, --context-path PATH, --https, --session-timeout SECONDS, --max-post-size BYTES");
            }
        }
        return new Options(port, contextPath, https, sessionTimeout, maxPostSize);
    }
}
