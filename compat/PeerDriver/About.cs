using Semel.Client;

namespace Semel.PeerDriver;

/// <summary>What this client can do, for the checks to choose from.</summary>
static class About
{
    public static readonly string[] Verbs = ["about", "produce", "read", "group", "transact", "copy", "admin"];

    public static void Print() => Line.Print(json =>
    {
        json.WriteString("client", "semel");
        json.WriteString("version", typeof(IProducer).Assembly.GetName().Version!.ToString(3));
        Line.WriteTexts(json, "verbs", Verbs[1..]);
        Line.WriteTexts(json, "codecs", Codecs.Names);
        Line.WriteTexts(json, "protocols", ["classic", "consumer"]);
        Line.WriteTexts(json, "assignors", ["range", "roundrobin", "sticky", "cooperative-sticky"]);
        json.WriteBoolean("static", true);
        json.WriteString("transactions", "v2");
    });
}
