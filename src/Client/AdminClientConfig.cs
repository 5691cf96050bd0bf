namespace Semel.Client;

/// <summary>An admin client's configuration; keys without a property are set by name.</summary>
public sealed class AdminClientConfig : ClientConfig
{
    public AdminClientConfig() { }
    public AdminClientConfig(IEnumerable<KeyValuePair<string, string>> config) : base(config) { }

    /// <inheritdoc cref="ClientConfig.FromFile"/>
    public static new AdminClientConfig FromFile(string path) => new(ClientConfig.FromFile(path));

    /// <summary>Checks what building an admin client checks, and makes none.</summary>
    /// <exception cref="KafkaConfigException">Everything that is refused; the message names the keys and the remedies.</exception>
    public void Validate() => AdminClient.Check(this);
}
