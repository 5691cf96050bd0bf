namespace Semel.Peers;

/// <summary>A setting that other clients know, with each one's default: "(none)" where there is none, "(required)" where there must be a value, null where the client does not know it.</summary>
public sealed record ClientSetting(string Name, string? JavaProducer, string? JavaConsumer, string? JavaAdmin, string? Librdkafka);

/// <summary>What <c>client-settings.tsv</c> says other clients know. Tests hold it against their assemblies.</summary>
public static class ClientSettings
{
    public static IReadOnlyList<ClientSetting> All { get; } =
        [.. File.ReadLines(Path.Combine(Repository.Root, "tests", "Peers", "client-settings.tsv")).Where(static line => line.Length > 0 && line[0] != '#').Skip(1).Select(Read)];

    static ClientSetting Read(string line)
    {
        var cells = line.Split('\t');
        return new ClientSetting(cells[0], Cell(1), Cell(2), Cell(3), Cell(4));

        string? Cell(int at) => cells[at].Length == 0 ? null : cells[at];
    }
}
