namespace Semel.Compat.Confluent;

/// <summary>An admin client's configuration.</summary>
public class AdminClientConfig : ClientConfig
{
    public AdminClientConfig() { }
    public AdminClientConfig(ClientConfig config) : base(config) { }
    public AdminClientConfig(IDictionary<string, string> config) : base(config) { }

    /// <summary>Refuses keys that only the library itself may set.</summary>
    /// <exception cref="ArgumentException">There is one.</exception>
    public AdminClientConfig ThrowIfContainsNonUserConfigurable()
    {
        ReservedKeys.Refuse(this);
        return this;
    }
}
