using Semel.Client;

namespace Semel.PeerDriver;

/// <summary>What this client can do, for the checks to choose from.</summary>
static class About
{
    public static readonly string[] Verbs = ["about", "produce", "read"];

    public static void Print() => Line.Print(json =>
    {
        json.WriteString("client", "semel");
        json.WriteString("version", typeof(IProducer).Assembly.GetName().Version!.ToString(3));
        Line.WriteTexts(json, "verbs", Verbs[1..]);
        Line.WriteTexts(json, "codecs", ["none", "gzip", "snappy", "lz4", "zstd"]);
        Line.WriteTexts(json, "protocols", []);
        Line.WriteTexts(json, "assignors", []);
        json.WriteBoolean("static", false);
        json.WriteString("transactions", "no");
    });
}
