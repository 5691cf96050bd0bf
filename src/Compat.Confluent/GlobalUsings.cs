// Both sides have the same words: what belongs to the client below is named with this in front.
global using Inner = Semel.Client;
global using Wire = Semel.Protocol;
