namespace Semel.Client;

/// <summary>An admin client's configuration; keys without a property are set by name.</summary>
public sealed class AdminClientConfig : ClientConfig
{
    public AdminClientConfig() { }
    public AdminClientConfig(IEnumerable<KeyValuePair<string, string>> config) : base(config) { }

    /// <inheritdoc cref="ClientConfig.FromFile"/>
    public static new AdminClientConfig FromFile(string path) => new(ClientConfig.FromFile(path));
}
