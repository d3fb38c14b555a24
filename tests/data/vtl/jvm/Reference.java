import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import net.minidev.json.*;
import net.minidev.json.parser.JSONParser;
import com.jayway.jsonpath.spi.json.JsonSmartJsonProvider;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.app.event.*;
import org.apache.velocity.app.event.InvalidReferenceEventHandler;
import org.apache.velocity.context.Context;
import org.apache.velocity.util.introspection.Info;
import org.apache.commons.lang.StringEscapeUtils;

/** Renders templates with Apache Velocity 1.7, reads paths with Jayway and bodies with json-smart: one JSON request a line on stdin, one JSON answer a line on stdout. */
public class Reference {
    /** Gives the empty string for every invalid reference, as API Gateway does. */
    static class EmptyForInvalid implements InvalidReferenceEventHandler {
        public Object invalidGetMethod(Context c, String reference, Object object, String property, Info info) { return ""; }
        public boolean invalidSetMethod(Context c, String left, String right, Info info) { return false; }
        public Object invalidMethod(Context c, String reference, Object object, String method, Info info) { return ""; }
    }

    /** $util's escapeJavaScript, which is commons-lang's. */
    public static class Util {
        public String escapeJavaScript(String text) { return StringEscapeUtils.escapeJavaScript(text); }
    }

    /** $input of a body: what path and json give. */
    public static class Input {
        private final Object document;

        Input(Object document) { this.document = document; }

        public Object path(String path) {
            try {
                return com.jayway.jsonpath.JsonPath.read(document, path);
            } catch (com.jayway.jsonpath.PathNotFoundException absent) {
                return null;
            }
        }

        public String json(String path) { return JSONValue.toJSONString(path(path), JSONStyle.LT_COMPRESS); }
    }

    static VelocityEngine engine() throws Exception {
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.setProperty("velocimacro.library", "");
        engine.init();
        return engine;
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
        JsonSmartJsonProvider json = new JsonSmartJsonProvider();
        VelocityEngine shared = engine();
        String line;
        while ((line = in.readLine()) != null) {
            Map<?, ?> request = (Map<?, ?>) json.parse(line);
            String template = (String) request.get("template");
            JSONObject answer = new JSONObject();
            try {
                if (request.containsKey("path")) {
                    Object value = com.jayway.jsonpath.JsonPath.read(json.parse((String) request.get("body")), (String) request.get("path"));
                    answer.put("output", JSONValue.toJSONString(value, JSONStyle.LT_COMPRESS));
                } else if (request.containsKey("parse")) {
                    answer.put("output", JSONValue.toJSONString(json.parse((String) request.get("parse")), JSONStyle.LT_COMPRESS));
                } else {
                    VelocityContext context = new VelocityContext();
                    for (Map.Entry<?, ?> entry : ((Map<?, ?>) request.get("variables")).entrySet())
                        context.put((String) entry.getKey(), entry.getValue());
                    context.put("util", new Util());
                    if (request.containsKey("body")) context.put("input", new Input(json.parse((String) request.get("body"))));
                    EventCartridge cartridge = new EventCartridge();
                    cartridge.addEventHandler(new EmptyForInvalid());
                    cartridge.attachToContext(context);
                    StringWriter writer = new StringWriter();
                    VelocityEngine engine = template.contains("macro") ? engine() : shared;
                    engine.evaluate(context, writer, "t", template);
                    answer.put("output", writer.toString());
                }
            } catch (StackOverflowError error) {
                answer.put("error", "StackOverflowError");
            } catch (Throwable error) {
                answer.put("error", error.getClass().getSimpleName() + ": " + error.getMessage());
            }
            out.println(answer.toJSONString());
            out.flush();
        }
    }
}
