import org.apache.kafka.common.config.ConfigDef;

/** Prints what Java's clients know: client, key and default. Run as a source file with the client's jars as class path. */
public class ClientSettings {
    public static void main(String[] names) throws Exception {
        for (String name : names) {
            ConfigDef keys = (ConfigDef) Class.forName(name).getMethod("configDef").invoke(null);
            for (ConfigDef.ConfigKey key : keys.configKeys().values())
                System.out.println(name + "\t" + key.name + "\t" + (key.hasDefault() ? text(key.defaultValue) : "(required)"));
        }
    }

    static String text(Object value) {
        if (value instanceof java.util.List<?> list) return list.isEmpty() ? "(none)" : String.join(",", list.stream().map(ClientSettings::text).toList());
        if (value instanceof Class<?> type) return type.getName();
        return value == null || value.toString().isEmpty() ? "(none)" : value.toString();
    }
}
