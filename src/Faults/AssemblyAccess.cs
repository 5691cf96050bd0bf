using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Semel.Faults.Tests")]
