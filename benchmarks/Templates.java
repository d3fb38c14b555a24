import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import net.minidev.json.JSONObject;
import com.jayway.jsonpath.spi.json.JsonSmartJsonProvider;
import org.apache.velocity.Template;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.runtime.RuntimeServices;
import org.apache.velocity.runtime.RuntimeSingleton;
import org.apache.velocity.runtime.parser.node.SimpleNode;

/** Measures Apache Velocity 1.7: one JSON request on stdin, evaluations a second by template on stdout. */
public class Templates {
    public static void main(String[] arguments) throws Exception {
        String text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        Map<?, ?> request = (Map<?, ?>) new JsonSmartJsonProvider().parse(text);
        RuntimeServices services = RuntimeSingleton.getRuntimeServices();
        services.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        RuntimeSingleton.init();
        JSONObject answer = new JSONObject();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) request.get("templates")).entrySet()) {
            Template template = new Template();
            template.setRuntimeServices(services);
            SimpleNode node = services.parse(new StringReader((String) entry.getValue()), (String) entry.getKey());
            template.setData(node);
            template.initDocument();
            double best = 0;
            for (int round = 0; round < 4; round++) {
                long begin = System.nanoTime(), count = 0;
                while (System.nanoTime() - begin < 1_000_000_000L) {
                    template.merge(new VelocityContext(new HashMap<Object, Object>((Map<?, ?>) request.get("variables"))), new StringWriter());
                    count++;
                }
                best = Math.max(best, count * 1e9 / (System.nanoTime() - begin));
            }
            answer.put((String) entry.getKey(), best);
        }
        System.out.println(answer.toJSONString());
    }
}
