using System.Reflection;
using System.Xml.Linq;
using Semel.Client.Configuration;

namespace Semel.Client.Tests.Configuration;

/// <summary>What the properties of the configurations say of themselves is what the table says of their keys.</summary>
public class ConfigDocumentationTests
{
    static readonly Dictionary<string, string> Summaries = XDocument.Load(Path.ChangeExtension(typeof(ClientConfig).Assembly.Location, ".xml")).Descendants("member")
        .Where(static member => member.Element("summary") is not null)
        .ToDictionary(static member => member.Attribute("name")!.Value, static member => member.Element("summary")!.Value.Trim());

    public static TheoryData<Type, string> Properties()
    {
        var properties = new TheoryData<Type, string>();
        foreach (var type in new[] { typeof(ClientConfig), typeof(ConsumerConfig), typeof(ProducerConfig) })
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
                if (property.GetIndexParameters().Length == 0) properties.Add(type, property.Name);
        return properties;
    }

    [Theory, MemberData(nameof(Properties))]
    public void A_property_names_its_key_its_range_and_its_default(Type type, string name)
    {
        var property = type.GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)!;
        var key = KeyOf((ClientConfig)Activator.CreateInstance(type)!, property);
        var summary = Summaries[$"P:{type.FullName}.{name}"];
        Assert.StartsWith($"{key.Name}: ", summary);
        if (key.Default is { } value) Assert.Contains($"default {value}.", summary, StringComparison.OrdinalIgnoreCase);
        if (key.Kind == ConfigKind.Duration) Assert.Contains($"Milliseconds, {(key.Maximum < int.MaxValue ? $"{key.Minimum} to {key.Maximum}" : $"at least {key.Minimum}")}", summary);
    }

    /// <summary>Every key that configures something can be set by a property of the client that it is of. The groups' and transactions' keys have theirs as well.</summary>
    [Fact]
    public void Every_key_of_the_table_has_a_property()
    {
        var keys = new Dictionary<Type, HashSet<string>>();
        foreach (var (type, name) in Properties().Select(static row => ((Type)row[0], (string)row[1])))
        {
            var property = type.GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)!;
            (keys.TryGetValue(type, out var found) ? found : keys[type] = []).Add(KeyOf((ClientConfig)Activator.CreateInstance(type)!, property).Name);
        }
        Assert.Empty(ConfigTable.Keys.Where(static key => !key.IsForeign && key.Name is not ("security.protocol" or "partitioner.class" or "interceptor.classes"))
            .Where(key => !keys[typeof(ClientConfig)].Contains(key.Name) && !(key.Role == ConfigRole.Producer && keys[typeof(ProducerConfig)].Contains(key.Name))
                && !(key.Role == ConfigRole.Consumer && keys[typeof(ConsumerConfig)].Contains(key.Name))).Select(static key => key.Name));
    }

    /// <summary>The key that setting the property sets.</summary>
    static ConfigKey KeyOf(ClientConfig config, PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        property.SetValue(config, type == typeof(string) ? "range" : Activator.CreateInstance(type));
        return ConfigTable.Get(Assert.Single(config).Key);
    }
}
