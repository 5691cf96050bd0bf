using Semel.Compat.Confluent.Admin;

namespace Semel.Compat.Confluent;

/// <summary>Configurations on both sides.</summary>
static class ConfigShapes
{
    public static Inner.ConfigResource Below(ConfigResource resource) => new(resource.Type switch
    {
        ResourceType.Topic => Inner.ConfigResourceType.Topic,
        ResourceType.Broker => Inner.ConfigResourceType.Broker,
        ResourceType.Group => Inner.ConfigResourceType.Group,
        var other => throw new ArgumentException($"a configuration belongs to a topic, a broker or a group, not to {other}"),
    }, resource.Name);

    public static ConfigResource Here(Inner.ConfigResource resource) => new()
    {
        Name = resource.Name,
        Type = resource.Type switch
        {
            Inner.ConfigResourceType.Topic => ResourceType.Topic,
            Inner.ConfigResourceType.Broker => ResourceType.Broker,
            Inner.ConfigResourceType.Group => ResourceType.Group,
            _ => ResourceType.Unknown,
        },
    };

    public static ConfigEntryResult Here(Inner.ConfigEntry entry) => new()
    {
        Name = entry.Name,
        Value = entry.Value,
        IsReadOnly = entry.IsReadOnly,
        IsSensitive = entry.IsSensitive,
        IsDefault = entry.Source == Inner.ConfigSource.Default,
        Source = Enum.IsDefined((ConfigSource)(int)entry.Source) ? (ConfigSource)(int)entry.Source : ConfigSource.UnknownConfig,
        Synonyms = [],
    };
}
